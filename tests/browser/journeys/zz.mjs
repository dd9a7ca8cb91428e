export const title='scratch';
export default async function(t){
 const look=async(u,path,name,st=200)=>{ t.step(name); await t.go(u,path,st); await t.look(u,name);};
 const h=await t.as('hospital');
 await look(h,'/portal','portal'); await look(h,'/portal/new','portal-new');
 await Promise.all([h.waitForNavigation(), h.getByRole('button',{name:'提交报告'}).click()]);
 await t.look(h,'portal-errors');
 const s=await t.as('sysadmin');
 await look(s,'/network','network'); await look(s,'/network/places/140622100','network-town');
 await look(s,'/network/import','import'); 
 await t.go(s,'/network/places/140622100');
 const p=await s.locator('a[href^="/network/posts/"]').first().getAttribute('href'); await look(s,p,'post');
 await t.go(s,'/network/places/140622100');
 const un=await s.locator('a[href^="/network/units/"]').first().getAttribute('href'); await look(s,un,'unit');
 await look(s,'/nothing','404',404);
 const c=await t.as('secadmin');
 await look(c,'/accounts','accounts'); await look(c,'/accounts/new','account-new');
 await c.fill('#unit_q','应县 公安'); await Promise.all([c.waitForNavigation(), c.getByRole('button',{name:'查找'}).click()]); await t.look(c,'account-new-search');
 await t.go(c,'/accounts'); const a=await c.locator('tbody a').first().getAttribute('href'); await look(c,a,'account');
 await look(c,a+'/change','account-change'); await look(c,a+'/confirm/disable','account-disable');
 await look(c,'/password','password');
 const au=await t.as('auditor'); await look(au,'/journal','journal');
}
